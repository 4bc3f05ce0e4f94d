"""Calls one method of janrain-datalib: `datalib.py OWNER.METHOD ARGUMENTS`, with arguments and result as JSON."""
import json
import os
import sys

from janrain_datalib.app import get_app
from janrain_datalib.exceptions import ApiError

app = get_app(*(os.environ[name] for name in ("CAPTURE_DOMAIN", "CLIENT_ID", "CLIENT_SECRET")))
method, arguments = sys.argv[1], json.loads(sys.argv[2])
client = app.get_client(arguments.pop("id", None))
owners = {"app": app, "client": client, "settings": client.settings, "default_settings": app.default_settings}
try:
    owner, name = method.split(".")
    result = {"result": getattr(owners[owner], name)(**arguments)}
except ApiError as error:
    result = {"error": type(error).__name__, "code": error.code}
print(json.dumps(result))
