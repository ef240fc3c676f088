"""What the Kubernetes provider makes its objects of: manifests, charts and kustomizations, read where they lie here."""
