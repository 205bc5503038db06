"""What the state pays and by which measures: standards, yearly figures and dated rules, by area and day."""
