# coding: utf-7
# +AAo-class Tensor: pass
