"""Sign-in: what Cognito user pools do that the engine does not. See README.md."""
