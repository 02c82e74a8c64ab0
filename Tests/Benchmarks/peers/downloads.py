"""A Django application that asks nginx to send a file with django-sendfile2."""

import os

from django.conf import settings

root = os.environ["SENDFILE_ROOT"]
settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="benchmark",
    SENDFILE_BACKEND="django_sendfile.backends.nginx",
    SENDFILE_ROOT=root,
    SENDFILE_URL="/protected",
)

from django.core.wsgi import get_wsgi_application  # noqa: E402: settings come first
from django.urls import path  # noqa: E402
from django_sendfile import sendfile  # noqa: E402


def download(request, name):
    return sendfile(request, os.path.join(root, name))


urlpatterns = [path("sendfile/<path:name>", download)]
application = get_wsgi_application()
