"""The rarer SDKs, one module each, named as its client profile; see clients/sdk_modules.py."""
