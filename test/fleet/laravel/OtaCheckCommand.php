<?php

namespace App\Console\Commands;

use App\Services\OtaPatchService;
use Illuminate\Console\Command;

class OtaCheckCommand extends Command
{
    protected $signature = 'ota:check';
    protected $description = 'Check for available OTA updates';

    public function handle(OtaPatchService $service): int
    {
        $this->info("Current version: v{$service->getCurrentVersion()}");
        $this->info('Checking for updates...');

        try {
            $result = $service->checkForUpdates();

            if (! ($result['has_update'] ?? false)) {
                $this->info('✓ You are up to date.');

                if ($result['server_message'] ?? null) {
                    $this->warn("Server message: {$result['server_message']}");
                }

                return self::SUCCESS;
            }

            $this->newLine();
            $this->warn("Update available: v{$result['version']}");
            $this->line("  Changelog: {$result['changelog']}");
            $this->line("  Files: " . count($result['files'] ?? []));
            $this->line("  Size: " . number_format(($result['zip_size'] ?? 0) / 1024, 1) . " KB");
            $this->line("  Migrations: " . ($result['has_migrations'] ? 'Yes' : 'No'));

            if ($result['force_update'] ?? false) {
                $this->error('⚠ This is a FORCED update. System restricted until applied.');
            }

            if ($result['server_message'] ?? null) {
                $this->warn("Server message: {$result['server_message']}");
            }

            return self::SUCCESS;

        } catch (\Throwable $e) {
            $this->error($e->getMessage());
            return self::FAILURE;
        }
    }
}
