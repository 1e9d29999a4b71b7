<?php

namespace App\Services;

use Illuminate\Support\Facades\Artisan;
use Illuminate\Support\Facades\File;
use Illuminate\Support\Facades\Http;
use Illuminate\Support\Facades\Log;

class OtaPatchService
{
    /**
     * Get current application version.
     */
    public function getCurrentVersion(): string
    {
        $versionFile = base_path('.version');

        if (File::exists($versionFile)) {
            return trim(File::get($versionFile));
        }

        return '1.0.0';
    }

    /**
     * Check for available updates from OTA server.
     */
    public function checkForUpdates(): array
    {
        $serverUrl = config('ota.server_url');
        $agentCode = config('ota.agent_code');
        $licenseKey = config('ota.license_key');

        if (! $serverUrl || ! $agentCode || ! $licenseKey) {
            throw new \RuntimeException(
                'OTA not configured. Set OTA_SERVER_URL, OTA_AGENT_CODE, OTA_LICENSE_KEY in .env'
            );
        }

        $response = Http::timeout(30)->post(
            rtrim($serverUrl, '/') . '/ota/check',
            [
                'agent_code' => $agentCode,
                'license_key' => $licenseKey,
                'current_version' => $this->getCurrentVersion(),
            ]
        );

        if ($response->status() === 401) {
            throw new \RuntimeException('OTA: Invalid credentials.');
        }

        if ($response->status() === 403) {
            $data = $response->json();
            throw new \RuntimeException(
                'OTA: ' . ($data['server_message'] ?? 'Client disabled/suspended.')
            );
        }

        if (! $response->successful()) {
            throw new \RuntimeException('OTA: Server error HTTP ' . $response->status());
        }

        return $response->json();
    }

    /**
     * Download and apply a patch.
     */
    public function applyPatch(array $patchInfo): array
    {
        $version = $patchInfo['version'];
        $downloadUrl = $patchInfo['download_url'];
        $expectedChecksum = $patchInfo['checksum'] ?? null;
        $hasMigrations = $patchInfo['has_migrations'] ?? false;
        $files = $patchInfo['files'] ?? [];

        try {
            // Step 1: Download
            $zipPath = $this->downloadPatch($downloadUrl, $version);

            // Step 2: Verify checksum
            if ($expectedChecksum) {
                $actual = hash_file('sha256', $zipPath);
                if ($actual !== $expectedChecksum) {
                    throw new \RuntimeException(
                        "Checksum mismatch. Expected: {$expectedChecksum}, Got: {$actual}"
                    );
                }
            }

            // Step 3: Backup
            $backupPath = $this->backupFiles($files, $version);

            // Step 4: Apply
            $this->extractAndApply($zipPath, $version);

            // Step 5: Migrations
            if ($hasMigrations) {
                Artisan::call('migrate', ['--force' => true]);
            }

            // Step 6: Clear caches
            $this->clearCaches();

            // Step 7: Update version
            File::put(base_path('.version'), $version);

            // Step 8: Cleanup
            File::delete($zipPath);

            // Step 9: Report success
            $this->reportToServer($version, 'success');

            return [
                'success' => true,
                'version' => $version,
                'backup_path' => $backupPath,
            ];

        } catch (\Throwable $e) {
            Log::error('OTA patch failed', [
                'version' => $version,
                'error' => $e->getMessage(),
            ]);

            // Rollback if backup exists
            if (isset($backupPath) && File::exists($backupPath)) {
                $this->rollback($backupPath);
            }

            // Report failure
            $this->reportToServer($version, 'failed', $e->getMessage());

            throw $e;
        }
    }

    /**
     * Rollback from a backup zip.
     */
    public function rollbackFromBackup(string $backupPath): void
    {
        if (! File::exists($backupPath)) {
            throw new \RuntimeException('Backup file not found.');
        }

        $zip = new \ZipArchive();
        if ($zip->open($backupPath) !== true) {
            throw new \RuntimeException('Cannot open backup zip.');
        }

        $zip->extractTo(base_path());
        $zip->close();

        $this->clearCaches();
    }

    /**
     * Send heartbeat to OTA server.
     */
    public function sendHeartbeat(): array
    {
        $response = Http::timeout(15)->post(
            rtrim(config('ota.server_url'), '/') . '/ota/heartbeat',
            [
                'agent_code' => config('ota.agent_code'),
                'license_key' => config('ota.license_key'),
                'current_version' => $this->getCurrentVersion(),
                'client_info' => [
                    'php' => PHP_VERSION,
                    'laravel' => app()->version(),
                    'os' => PHP_OS,
                    'server' => $_SERVER['SERVER_SOFTWARE'] ?? 'cli',
                ],
            ]
        );

        if (! $response->successful()) {
            return ['status' => $response->status(), 'message' => 'Heartbeat failed'];
        }

        return $response->json();
    }

    // ─── Private Helpers ─────────────────────────────────────────────

    private function downloadPatch(string $url, string $version): string
    {
        $dir = storage_path('app/ota-patches');
        File::ensureDirectoryExists($dir);

        $zipPath = "{$dir}/patch-{$version}.zip";

        $response = Http::timeout(120)
            ->withHeaders([
                'X-Agent-Code' => config('ota.agent_code'),
                'X-License-Key' => config('ota.license_key'),
            ])
            ->get($url);

        if (! $response->successful()) {
            throw new \RuntimeException('Download failed: HTTP ' . $response->status());
        }

        File::put($zipPath, $response->body());

        return $zipPath;
    }

    private function backupFiles(array $files, string $version): string
    {
        $backupDir = storage_path("app/ota-backups/{$version}");
        File::ensureDirectoryExists($backupDir);

        $backupZip = "{$backupDir}/backup.zip";
        $zip = new \ZipArchive();

        if ($zip->open($backupZip, \ZipArchive::CREATE | \ZipArchive::OVERWRITE) !== true) {
            throw new \RuntimeException('Cannot create backup zip.');
        }

        foreach ($files as $file) {
            $path = $file['path'] ?? $file;
            $fullPath = base_path($path);

            if (File::exists($fullPath)) {
                $zip->addFile($fullPath, $path);
            }
        }

        $zip->close();

        return $backupZip;
    }

    private function extractAndApply(string $zipPath, string $version): void
    {
        $extractDir = storage_path("app/ota-patches/extracted-{$version}");
        File::ensureDirectoryExists($extractDir);

        $zip = new \ZipArchive();
        if ($zip->open($zipPath) !== true) {
            throw new \RuntimeException('Cannot open patch zip.');
        }

        $zip->extractTo($extractDir);
        $zip->close();

        // Copy files to project root
        $files = File::allFiles($extractDir);
        foreach ($files as $file) {
            $dest = base_path($file->getRelativePathname());
            File::ensureDirectoryExists(dirname($dest));
            File::copy($file->getPathname(), $dest);
        }

        File::deleteDirectory($extractDir);
    }

    private function rollback(string $backupZip): void
    {
        $zip = new \ZipArchive();
        if ($zip->open($backupZip) === true) {
            $zip->extractTo(base_path());
            $zip->close();
        }
    }

    private function clearCaches(): void
    {
        Artisan::call('config:clear');
        Artisan::call('route:clear');
        Artisan::call('view:clear');
        Artisan::call('cache:clear');
    }

    private function reportToServer(
        string $version,
        string $status,
        ?string $error = null
    ): void {
        try {
            Http::timeout(10)->post(
                rtrim(config('ota.server_url'), '/') . '/ota/report',
                [
                    'agent_code' => config('ota.agent_code'),
                    'license_key' => config('ota.license_key'),
                    'version' => $version,
                    'status' => $status,
                    'error' => $error,
                ]
            );
        } catch (\Throwable $e) {
            Log::warning('OTA report failed: ' . $e->getMessage());
        }
    }
}
