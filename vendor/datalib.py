"""Makes one change with janrain-datalib: `datalib.py METHOD ARGUMENTS`, arguments and result as JSON."""
import json
import os
import sys

from janrain_datalib.app import get_app
from janrain_datalib.exceptions import ApiError

app = get_app(*(os.environ[name] for name in ("CAPTURE_DOMAIN", "CLIENT_ID", "CLIENT_SECRET")))
method, arguments = sys.argv[1], json.loads(sys.argv[2])
client = app.get_client(arguments.pop("id", None))
target = client.settings if method.startswith("settings.") else app if method == "clients_as_dict" else client
try:
    result = {"result": getattr(target, method.split(".")[-1])(**arguments)}
except ApiError as error:
    result = {"error": type(error).__name__, "code": error.code}
print(json.dumps(result))
