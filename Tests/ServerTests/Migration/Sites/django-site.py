"""A site with Django: the views of the article FromDjango, and sign-in with Django's own accounts and groups.

python3 django-site.py PORT, in the directory of before.py, after.py and expired.py.
"""
import os
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.http import HttpResponse
from django.urls import path

sys.path.insert(0, os.getcwd())
settings.configure(
    SECRET_KEY="of the tests",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    LOGIN_URL="/sign-in",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.sqlite3"}},
    MIGRATION_MODULES={"auth": None, "contenttypes": None},
    USE_TZ=True,
)
django.setup()

from django.contrib.auth import authenticate, login  # noqa: E402: needs the settings
from django.contrib.auth.models import Group, User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402

import after  # noqa: E402
import before  # noqa: E402
import expired  # noqa: E402

call_command("migrate", run_syncdb=True, verbosity=0)
User.objects.create_user("ada", password="secret").groups.add(Group.objects.create(name="reports"))
User.objects.create_user("bob", password="secret")


def sign_in(request):
    user = authenticate(request, username=request.POST.get("user"), password=request.POST.get("password"))
    if user is None:
        return HttpResponse("Sign in.\n", status=401)
    login(request, user)
    return HttpResponse(status=204)


urlpatterns = [
    path("sign-in", sign_in),
    path("reports/<path:path>", after.report),
    path("before/<path:path>", before.report),
    path("expired/<path:path>", expired.report),
]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


make_server("127.0.0.1", int(sys.argv[1]), get_wsgi_application(), handler_class=Quiet).serve_forever()
