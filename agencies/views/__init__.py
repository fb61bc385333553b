"""Pages of agencies: notices, and the people that an administrator manages."""
