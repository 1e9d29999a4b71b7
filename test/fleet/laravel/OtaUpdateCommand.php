<?php

namespace App\Console\Commands;

use App\Services\OtaPatchService;
use Illuminate\Console\Command;

class OtaUpdateCommand extends Command
{
    protected $signature = 'ota:update {--force : Skip confirmation}';
    protected $description = 'Download and apply the latest OTA patch';

    public function handle(OtaPatchService $service): int
    {
        $this->info("Current version: v{$service->getCurrentVersion()}");

        try {
            $result = $service->checkForUpdates();

            if (! ($result['has_update'] ?? false)) {
                $this->info('✓ Already up to date.');
                return self::SUCCESS;
            }

            $version = $result['version'];
            $this->warn("Update available: v{$version}");
            $this->line("  Changelog: {$result['changelog']}");

            if (! $this->option('force')) {
                if (! $this->confirm("Apply update v{$version}?")) {
                    return self::SUCCESS;
                }
            }

            $this->info('Downloading and applying...');
            $patchResult = $service->applyPatch($result);

            $this->newLine();
            $this->info("✓ Successfully updated to v{$patchResult['version']}");
            $this->line("  Backup: {$patchResult['backup_path']}");

            return self::SUCCESS;

        } catch (\Throwable $e) {
            $this->error("Update failed: {$e->getMessage()}");
            $this->warn('Rollback was attempted automatically.');
            return self::FAILURE;
        }
    }
}
