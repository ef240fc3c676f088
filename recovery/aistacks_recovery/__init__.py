"""What an interrupted operation left: finds it in the cloud, takes it into the state, or offers it for removal."""
