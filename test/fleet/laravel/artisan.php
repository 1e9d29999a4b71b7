<?php

// A Laravel application with nothing in it but the update client of spec 1, whose files stand beside this one as the guide prints
// them. Called as its artisan: php artisan.php FOLDER COMMAND …

use Illuminate\Contracts\Console\Kernel;
use Illuminate\Support\Facades\Facade;

require_once 'Illuminate/autoload.php';
require_once 'GuzzleHttp/autoload.php';
spl_autoload_register(function (string $class): void {
    $file = __DIR__ . '/' . basename(str_replace('\\', '/', $class)) . '.php';
    if (str_starts_with($class, 'App\\') && is_file($file)) {
        require $file;
    }
});

[, $folder] = $argv;
$app = new Illuminate\Foundation\Application($folder);
require_once '/usr/share/php/Illuminate/Foundation/helpers.php';
Facade::setFacadeApplication($app);
$app->instance('config', new Illuminate\Config\Repository([
    'ota' => [
        'server_url' => getenv('OTA_SERVER_URL') ?: '',
        'agent_code' => getenv('OTA_AGENT_CODE') ?: '',
        'license_key' => getenv('OTA_LICENSE_KEY') ?: '',
    ],
]));
$app->instance('files', new Illuminate\Filesystem\Filesystem());
$app->instance('log', new class {
    public function __call(string $level, array $words): void
    {
        fwrite(STDERR, "$level: $words[0] " . json_encode($words[1] ?? []) . "\n");
    }
});
// What the client has artisan do to the application itself: noted, in order.
$app->instance(Kernel::class, new class ($folder) {
    public function __construct(private string $folder)
    {
    }

    public function call(string $command): int
    {
        file_put_contents("$this->folder/../artisan.log", "$command\n", FILE_APPEND);
        if ($command === 'migrate' && is_file("$this->folder/database/breaks")) {
            throw new RuntimeException('The migration failed.');
        }
        return 0;
    }
});

$artisan = new Illuminate\Console\Application($app, new Illuminate\Events\Dispatcher($app), $app->version());
$artisan->resolveCommands([
    App\Console\Commands\OtaCheckCommand::class,
    App\Console\Commands\OtaUpdateCommand::class,
    App\Console\Commands\OtaHeartbeatCommand::class,
]);
unset($argv[1]);
exit($artisan->run(new Symfony\Component\Console\Input\ArgvInput(array_values($argv))));
