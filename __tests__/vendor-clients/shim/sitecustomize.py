"""janrain-python-api 0.4.0 imports a name that Python 3.10 moved. Its own source stays as it was published."""
import collections
import collections.abc

collections.MutableMapping = collections.abc.MutableMapping
