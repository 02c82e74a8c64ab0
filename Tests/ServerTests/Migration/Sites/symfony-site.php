<?php

/*
 * A site with Symfony's components: the controllers of the article FromSymfony, and sign-in with Symfony's session.
 *
 * php -S ADDRESS symfony-site.php, in the directory of gate_links.php, before.php, after.php and expired.php.
 */

use Symfony\Component\EventDispatcher\EventDispatcher;
use Symfony\Component\HttpFoundation\RedirectResponse;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\RequestStack;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpFoundation\Session\Session;
use Symfony\Component\HttpKernel\Controller\ArgumentResolver;
use Symfony\Component\HttpKernel\Controller\ControllerResolver;
use Symfony\Component\HttpKernel\EventListener\ErrorListener;
use Symfony\Component\HttpKernel\EventListener\RouterListener;
use Symfony\Component\HttpKernel\Exception\HttpExceptionInterface;
use Symfony\Component\HttpKernel\HttpKernel;
use Symfony\Component\Routing\Matcher\UrlMatcher;
use Symfony\Component\Routing\RequestContext;
use Symfony\Component\Routing\Route;
use Symfony\Component\Routing\RouteCollection;

foreach (['EventDispatcher', 'HttpFoundation', 'HttpKernel', 'Routing'] as $component) {
    require_once "/usr/share/php/Symfony/Component/$component/autoload.php";
}
require_once getcwd() . '/gate_links.php';

$request = Request::createFromGlobals();
$request->setSession(new Session());
$page = explode('/', $request->getPathInfo())[1];

$signIn = function (Request $request): Response {
    if ($request->request->get('password') !== 'secret') {
        return new Response("Sign in.\n", 401);
    }
    $request->getSession()->set('user', $request->request->get('user'));
    $request->getSession()->set('groups', $request->request->get('user') === 'ada' ? ['reports'] : []);
    return new Response('', 204);
};

$routes = new RouteCollection();
$routes->add('sign-in', new Route('/sign-in', ['_controller' => $signIn]));
$file = ['reports' => 'after', 'before' => 'before', 'expired' => 'expired'][$page] ?? null;
if ($file !== null) {
    require_once getcwd() . "/$file.php";
    $report = $request->getSession()->has('user')
        ? new ReportController() : fn (): Response => new RedirectResponse('/sign-in');
    $routes->add('report', new Route("/$page/{path}", ['_controller' => $report], ['path' => '.+']));
}

$stack = new RequestStack();
$dispatcher = new EventDispatcher();
$dispatcher->addSubscriber(new RouterListener(new UrlMatcher($routes, new RequestContext()), $stack));
$dispatcher->addSubscriber(new ErrorListener(fn (Throwable $exception): Response => new Response(
    "Error\n", $exception instanceof HttpExceptionInterface ? $exception->getStatusCode() : 500)));
$kernel = new HttpKernel($dispatcher, new ControllerResolver(), $stack, new ArgumentResolver());
$response = $kernel->handle($request)->prepare($request);
$response->send();
$kernel->terminate($request, $response);
