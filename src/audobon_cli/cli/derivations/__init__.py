"""Operations on the command line, whatever their medium: inputs, where results go, showing them and replays."""
