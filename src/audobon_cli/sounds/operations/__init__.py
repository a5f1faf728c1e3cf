"""Operations on samples: one frozen dataclass each."""
