/** Requests go their way. */
export const noFaults = { intervene: <Way>(way: Way): Way => way }
