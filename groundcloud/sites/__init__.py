"""What a browser is served: S3 website endpoints and CloudFront distributions. See README.md."""
