"""The Kubernetes stand-in: objects go to the sandbox's real API server by server-side apply.

``objects`` knows manifests, ``cluster`` the API server, ``replacement`` which change needs a new object,
``helm`` the releases that nothing here can install, ``provider`` puts them behind the engine's protocol.
"""
