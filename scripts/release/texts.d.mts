/** For their tests. */
export function nextVersion(current: string, wanted: string | undefined): string;
export function withVersion(json: string, version: string): string;
export function withHeading(changelog: string, version: string, date: string): string;
