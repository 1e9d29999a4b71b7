<?php

namespace App\Console\Commands;

use App\Services\OtaPatchService;
use Illuminate\Console\Command;

class OtaHeartbeatCommand extends Command
{
    protected $signature = 'ota:heartbeat';
    protected $description = 'Send heartbeat to OTA server';

    public function handle(OtaPatchService $service): int
    {
        try {
            $result = $service->sendHeartbeat();

            $directives = $result['directives'] ?? [];

            if ($directives['disabled'] ?? false) {
                $this->error('WARNING: This client has been DISABLED by the server.');
            }

            if ($directives['force_update'] ?? false) {
                $this->warn("FORCE UPDATE required to v{$directives['force_update_version']}");
            }

            if ($directives['server_message'] ?? null) {
                $this->line("Server: {$directives['server_message']}");
            }

            return self::SUCCESS;

        } catch (\Throwable $e) {
            // Heartbeat failure is non-critical
            return self::SUCCESS;
        }
    }
}
