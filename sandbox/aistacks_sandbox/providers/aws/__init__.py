"""The stand-in for the vendor's ``aws`` plugin: creates resources in an emulated AWS, by table."""
