"""Who belongs together, over time, by three notions: civil affairs' 救助家庭, 户口, 防返贫 监测户."""
