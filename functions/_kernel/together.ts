/**
 * Collects what is asked in one go and asks it in one call, for each key apart; answers come in the order of the questions.
 *
 * One go is everything that runs before the next task: the calls of one `Promise.all`. A call that fails fails each of its
 * questions. Source: Facebook's DataLoader.
 */
export function together<T>(askAll: (questions: string[], key: string) => Promise<T[]>): (question: string, key: string) => Promise<T> {
  const open = new Map<string, { questions: string[]; answers: Promise<T[]> }>();
  return async (question, key) => {
    let batch = open.get(key);
    if (batch === undefined) {
      const questions: string[] = [];
      // A turn of the microtask queue later, behind all that is already due.
      const answers = Promise.resolve().then(() => {
        open.delete(key);
        return askAll(questions, key);
      });
      batch = { questions, answers };
      open.set(key, batch);
    }
    const at = batch.questions.push(question) - 1;
    return (await batch.answers)[at]!;
  };
}
