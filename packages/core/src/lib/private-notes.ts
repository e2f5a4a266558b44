/** Notes about objects of others, out of reach of anything but their holder: no member, symbol or copy of an object has them. */
export interface PrivateNotes<Note> {
  get(object: object): Note | undefined;
  set(object: object, note: Note): void;
}

/** What its subclasses construct is the object they are given, so that is what their private fields are put on. */
const Adopted = function (object: object): object {
  return object;
} as unknown as new (object: object) => object;

/**
 * Creates notes as private fields, which V8 keeps with the object itself: a WeakMap's entries are looked at one by one by each
 * garbage collection, and cost a request more than its seal. Objects that take no more fields have their notes in a WeakMap.
 */
export function createPrivateNotes<Note>(): PrivateNotes<Note> {
  const elsewhere = new WeakMap<object, Note>();

  class Noted extends Adopted {
    #note: Note | undefined;

    static get(object: object): Note | undefined {
      return #note in object ? object.#note : elsewhere.get(object);
    }

    static set(object: object, note: Note): void {
      if (!(#note in object) && !Noted.#adopt(object)) elsewhere.set(object, note);
      else (object as Noted).#note = note;
    }

    /** A later standard lets frozen objects refuse private fields. */
    static #adopt(object: object): boolean {
      try {
        void new Noted(object);
        return true;
      } catch {
        return false;
      }
    }
  }
  return Noted;
}
