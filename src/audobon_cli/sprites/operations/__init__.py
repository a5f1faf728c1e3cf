"""Operations on pixels: one frozen dataclass each.

Colours are compared in OKLab. Soft edges are unmixed in sRGB, where drawing programs mixed them. Matting
models are an extra (`audobon-cli[matting]`, U2-Net-p); any ONNX file of that form does.
"""
