/** Stands in for vtk.js' WebGPU renderers, which are registered beside the WebGL ones and never asked for. */
export {};
