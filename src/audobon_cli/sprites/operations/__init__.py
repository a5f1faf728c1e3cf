"""Operations on pixels: one frozen dataclass each."""
