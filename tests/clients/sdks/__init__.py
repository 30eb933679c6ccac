"""The rarer SDKs, one module each, named as its client profile; see clients/sdk_modules.py."""

import os

# Without it litellm asks for a list of prices, far away, as soon as it is imported.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
