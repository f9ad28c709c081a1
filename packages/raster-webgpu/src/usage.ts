// Flags of WebGPU by value, because the globals exist only in browsers.

export const MAP_READ = 0x1;
export const COPY_SRC = 0x4;
export const COPY_DST = 0x8;
export const STORAGE = 0x80;

/** A flag of `GPUMapMode`; the flags above are of `GPUBufferUsage`. */
export const MODE_READ = 0x1;

/** A flag of `GPUShaderStage`. */
export const COMPUTE = 0x4;
