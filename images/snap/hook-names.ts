const HOOKS: readonly RegExp[] = [
  /^(prepare-device|install-device|default-configure|configure|install|pre-refresh|post-refresh|remove)$/,
  /^(check-health|fde-setup|gate-auto-refresh)$/,
  /^(prepare|unprepare|connect|disconnect)-(plug|slot)-[-a-z0-9]+$/,
  /^(change|save)-view-.+$/,
  /^.+-view-changed$/,
];

/** Whether anything ever runs a hook of this name; others are left out. */
export function isHookSupported(name: string): boolean {
  return HOOKS.some((pattern) => pattern.test(name));
}

export function isComponentHookSupported(name: string): boolean {
  return /^(install|pre-refresh|post-refresh|remove)$/.test(name);
}
