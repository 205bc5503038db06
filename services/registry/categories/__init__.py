"""The layers of low-income people (低收入人口): what each is known by, as dated data by area, and who is in which."""
