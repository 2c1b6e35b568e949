/** The time stamp of everything in an image: 2026-01-01 00:00 UTC. Fixed, because an image is a function of its inputs only. */
export const EPOCH_SECONDS = 1_767_225_600;
