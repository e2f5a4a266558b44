/** Notes about objects of others, out of reach of anything but their holder: no member, symbol or copy of an object has them. */
export interface PrivateNotes<Note> {
  get(object: object): Note | undefined;
  set(object: object, note: Note): void;
}

/** What its subclasses construct is the object they are given, so that is what their private fields are put on. */
const Adopted = function (object: object): object {
  return object;
} as unknown as new (object: object) => object;

/** The notes about objects that take no more fields. */
const elsewhere = new WeakMap<object, unknown[]>();

/**
 * Notes as a private field, which V8 keeps with the object itself: a WeakMap's entries are looked at one by one by each garbage
 * collection, and cost a request more than its seal. One field has the notes of all kinds, as to add one to a request of Express
 * costs as much as to read five of its members.
 */
class Noted extends Adopted {
  #notes: unknown[] = [];

  static of(object: object): unknown[] | undefined {
    return #notes in object ? object.#notes : elsewhere.get(object);
  }

  /** Notes to write in, for an object that has none. */
  static begin(object: object): unknown[] {
    try {
      return new Noted(object).#notes;
    } catch {
      // A later standard lets frozen objects refuse private fields.
      const notes: unknown[] = [];
      elsewhere.set(object, notes);
      return notes;
    }
  }
}

let kinds = 0;

/** Creates the notes of one kind: for a module that has some, not for each request or guard. */
export function createPrivateNotes<Note>(): PrivateNotes<Note> {
  const kind = kinds++;
  return {
    get: (object) => Noted.of(object)?.[kind] as Note | undefined,
    set(object, note) {
      const notes = Noted.of(object) ?? Noted.begin(object);
      notes[kind] = note;
    },
  };
}
