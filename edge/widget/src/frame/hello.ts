/** What the frame says to the page around it, whoever that is: that it listens. */
export const HELLO = "prilavok-frame-1 listens";
