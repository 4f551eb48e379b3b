import torch

Tensor = torch.Tensor
