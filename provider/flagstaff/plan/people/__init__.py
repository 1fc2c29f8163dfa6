"""Who a plan affects: its moves as a question to `audience`, and the answer as a part of the plan. Pure."""
