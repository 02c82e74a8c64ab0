<?php
// A PHP application that asks nginx to send a file, with the response of the other programs.
$name = substr($_SERVER['DOCUMENT_URI'], strlen('/sendfile/'));
$file = @fopen($_SERVER['DOCUMENT_ROOT'] . '/' . $name, 'rb');
$status = $file ? fstat($file) : false;
if (!$status || ($status['mode'] & 0170000) !== 0100000) {
    http_response_code(404);
    exit;
}
fclose($file);
header('X-Accel-Redirect: /protected/' . rawurlencode($name));
header('Content-Type: application/octet-stream');
header(sprintf('ETag: "%x-%x"', $status['mtime'], $status['size']));
header('Last-Modified: ' . gmdate('D, d M Y H:i:s', $status['mtime']) . ' GMT');
