"""A site with Flask: the views of the article FromFlask, and sign-in with Flask's session.

python3 flask-site.py PORT, in the directory of before.py, after.py and expired.py.
"""
import os
import sys

sys.path.insert(0, os.getcwd())

from flask import Flask, request, session  # noqa: E402: from here on, the directory is in the path
from werkzeug.serving import make_server  # noqa: E402

import after  # noqa: E402
import before  # noqa: E402
import expired  # noqa: E402

app = Flask(__name__)
app.secret_key = "of the tests"
app.config["USE_X_SENDFILE"] = True
app.add_url_rule("/reports/<path:path>", "after", after.report)
app.add_url_rule("/before/<path:path>", "before", before.report)
app.add_url_rule("/expired/<path:path>", "expired", expired.report)


@app.route("/sign-in", methods=["GET", "POST"])
def sign_in():
    if request.form.get("password") != "secret":
        return "Sign in.\n", 401
    session["user"] = request.form["user"]
    session["groups"] = ["reports"] if session["user"] == "ada" else []
    return "", 204


make_server("127.0.0.1", int(sys.argv[1]), app, threaded=True).serve_forever()
