/** The shells that baton's words can be completed in. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
