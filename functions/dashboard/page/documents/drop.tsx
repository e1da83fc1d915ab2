import { useState } from 'hono/jsx/dom';
import { READABLE_ENDINGS } from '../../../_kernel/file-types.ts';
import type { Client } from '../types.ts';
import { droppedFiles, isHidden, nameOf } from './files.ts';
import { upload } from './tasks.ts';

/** Takes files and folders, dropped or chosen. */
export function Drop({ client, collection }: { client: Client; collection: string }) {
  const [isOver, setOver] = useState(false);
  const [isEmpty, setEmpty] = useState(false);
  const take = async (files: readonly File[]): Promise<void> => {
    setEmpty(files.length === 0);
    await upload(client, collection, files);
  };
  const drop = async (event: DragEvent): Promise<void> => {
    event.preventDefault();
    setOver(false);
    if (event.dataTransfer !== null) await take(await droppedFiles(event.dataTransfer));
  };
  const choose = async (event: Event, isFolder: boolean): Promise<void> => {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    input.value = '';
    // What is hidden in a folder was not meant; a hidden file that was chosen by its name was.
    await take(isFolder ? files.filter((one) => !isHidden(nameOf(one))) : files);
  };
  return (
    <div
      class={isOver ? 'drop over' : 'drop'}
      onDragover={(event: DragEvent) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragleave={() => setOver(false)}
      onDrop={(event: DragEvent) => void drop(event)}
    >
      <p>
        Drop files or a folder into <strong>{collection}</strong>, or choose
      </p>
      <div class="row center">
        <label class="button">
          files
          <input
            class="unseen"
            type="file"
            multiple
            accept={READABLE_ENDINGS.join(',')}
            onInput={(event: Event) => void choose(event, false)}
          />
        </label>
        <label class="button">
          a folder
          <input class="unseen" type="file" webkitdirectory onInput={(event: Event) => void choose(event, true)} />
        </label>
      </div>
      <p class="hint">{READABLE_ENDINGS.join('  ')}, up to 16 MB each</p>
      <p role="status" class="hint">
        {isEmpty ? 'There is no file in that, or only hidden ones: nothing was sent.' : ''}
      </p>
    </div>
  );
}
