export function keepCompiler(): void;
