"""The lab answers."""

import os
import urllib.request

urllib.request.urlopen(f"http://127.0.0.1:{os.environ.get('JUPYTER_PORT', '8888')}/api", timeout=2)
