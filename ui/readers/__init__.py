"""The console's doors to the cloud: the control routes by httpx, AWS's APIs by boto3. Nothing else asks the cloud."""
