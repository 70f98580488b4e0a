/** A mesh id as it is compared by eye and read out by voice: in groups of four. */
export const sayMeshId = (id: string): string => id.replace(/(.{4})(?=.)/g, '$1 ')
