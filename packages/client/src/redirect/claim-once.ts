const SLOT = "require-action.resumed";

/**
 * True for the first caller in all tabs of the origin. A duplicated tab has a copy of everything that waits in
 * `sessionStorage`. The server would refuse the second request; this keeps it from being sent.
 */
export async function claimOnce(id: string, expiresAt: number): Promise<boolean> {
  const claim = (): boolean => {
    try {
      const taken: [id: string, expiresAt: number][] = JSON.parse(localStorage.getItem(SLOT) ?? "[]");
      const live = taken.filter(([, end]) => end > Date.now());
      if (live.some(([other]) => other === id)) return false;
      localStorage.setItem(SLOT, JSON.stringify([...live, [id, expiresAt]]));
    } catch {
      // A storage that is full or closed must not cost the user the approval.
    }
    return true;
  };
  // Only secure contexts have locks.
  return navigator.locks ? navigator.locks.request(SLOT, claim) : claim();
}
