<?php

/*
 * A site with Laravel: the routes of the article FromLaravel, and sign-in with Laravel's session and guard.
 *
 * php -S ADDRESS laravel-site.php, in the directory of gate_links.php, before.php, after.php and expired.php.
 */

use Illuminate\Auth\GenericUser;
use Illuminate\Auth\Middleware\Authenticate;
use Illuminate\Config\Repository;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Cookie\Middleware\AddQueuedCookiesToResponse;
use Illuminate\Cookie\Middleware\EncryptCookies;
use Illuminate\Foundation\Application;
use Illuminate\Foundation\Bootstrap;
use Illuminate\Foundation\Exceptions\Handler;
use Illuminate\Foundation\Http\Kernel;
use Illuminate\Http\Request;
use Illuminate\Routing\Middleware\SubstituteBindings;
use Illuminate\Session\Middleware\StartSession;
use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\Gate;
use Illuminate\Support\Facades\Route;

error_reporting(E_ALL & ~E_DEPRECATED);
require_once '/usr/share/php/Illuminate/autoload.php';
require_once getcwd() . '/gate_links.php';

final class SiteKernel extends Kernel
{
    protected $bootstrappers = [
        Bootstrap\RegisterFacades::class, Bootstrap\RegisterProviders::class, Bootstrap\BootProviders::class,
    ];
    protected $middlewareGroups = ['web' => [
        EncryptCookies::class, AddQueuedCookiesToResponse::class, StartSession::class, SubstituteBindings::class,
    ]];
    protected $routeMiddleware = ['auth' => Authenticate::class];
}

foreach (['bootstrap/cache', 'sessions', 'views'] as $directory) {
    is_dir($directory) || mkdir($directory, 0777, true);
}
$app = new Application(getcwd());
$app->instance('config', new Repository([
    'app' => [
        'env' => 'production', 'debug' => false, 'key' => str_repeat('k', 32), 'cipher' => 'AES-256-CBC',
        'locale' => 'en', 'fallback_locale' => 'en', 'aliases' => [],
        'providers' => [
            Illuminate\Auth\AuthServiceProvider::class, Illuminate\Cookie\CookieServiceProvider::class,
            Illuminate\Encryption\EncryptionServiceProvider::class, Illuminate\Filesystem\FilesystemServiceProvider::class,
            Illuminate\Foundation\Providers\FoundationServiceProvider::class,
            Illuminate\Session\SessionServiceProvider::class, Illuminate\Translation\TranslationServiceProvider::class,
            Illuminate\View\ViewServiceProvider::class,
        ],
    ],
    'auth' => ['defaults' => ['guard' => 'web'], 'guards' => ['web' => ['driver' => 'site']]],
    'session' => [
        'driver' => 'file', 'files' => getcwd() . '/sessions', 'cookie' => 'site', 'path' => '/', 'domain' => null,
        'secure' => false, 'lifetime' => 120, 'expire_on_close' => false, 'lottery' => [0, 100], 'encrypt' => false,
    ],
    'logging' => ['default' => 'errorlog', 'channels' => ['errorlog' => ['driver' => 'errorlog']]],
    'view' => ['paths' => [], 'compiled' => getcwd() . '/views'],
]));
$app->instance('env', 'production');
$app->singleton(Illuminate\Contracts\Http\Kernel::class, SiteKernel::class);
$app->singleton(ExceptionHandler::class, Handler::class);

// The pages' routes have the same path: the first component chooses the page.
[$page, $rest] = array_pad(explode('/', substr($_SERVER['REQUEST_URI'], 1), 2), 2, '');
$file = ['reports' => 'after', 'before' => 'before', 'expired' => 'expired'][$page] ?? null;
if ($file !== null) {
    $_SERVER['REQUEST_URI'] = "/reports/$rest";
}

$app->booted(function () use ($file) {
    Auth::viaRequest('site', function (Request $request) {
        $name = $request->session()->get('user');
        return $name === null ? null : new GenericUser(['id' => $name, 'groups' => $name === 'ada' ? ['reports'] : []]);
    });
    Gate::define('read-reports', fn (GenericUser $user) => in_array('reports', $user->groups, true));
    Route::middleware('web')->group(function () use ($file) {
        Route::get('/sign-in', fn () => response('Sign in.', 401))->name('login');
        Route::post('/sign-in', function (Request $request) {
            abort_unless($request->input('password') === 'secret', 401);
            $request->session()->put('user', $request->input('user'));
            return response()->noContent();
        });
        $file === null || require getcwd() . "/$file.php";
    });
    Route::getRoutes()->refreshNameLookups();
});

$kernel = $app->make(Illuminate\Contracts\Http\Kernel::class);
$request = Request::capture();
$response = $kernel->handle($request)->send();
$kernel->terminate($request, $response);
