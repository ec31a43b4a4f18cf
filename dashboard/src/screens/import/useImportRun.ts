import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendFile, undoImport } from "../../api/imports";
import type { ImportOutcome } from "../../api/types";
import { type Chosen, MAX_BYTES, optionsOf } from "./options";

interface Taken {
  file: File;
  /** Counts up, so that the same file dropped again is looked at again. */
  number: number;
  /** How many were dropped with it, and left. */
  left: number;
}

export type ImportRun = ReturnType<typeof useImportRun>;

/** One file from its drop to its end: looked at, stored, perhaps undone. */
export function useImportRun(chosen: Chosen) {
  const client = useQueryClient();
  const [taken, setTaken] = useState<Taken | null>(null);
  const options = optionsOf(chosen);
  const isTooLarge = (taken?.file.size ?? 0) > MAX_BYTES;
  const check = useQuery({
    queryKey: ["dry-run", null, taken?.number, options] as const,
    queryFn: ({ signal }) => sendFile((taken as Taken).file, options, { isDry: true }, signal),
    enabled: taken !== null && !isTooLarge && options.account_id !== "",
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const everything = () =>
    client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "dry-run" });
  const store = useMutation({
    mutationFn: (file: File) => sendFile(file, options, { isDry: false }),
    onSuccess: everything,
  });
  const undo = useMutation({
    mutationFn: (of: ImportOutcome) => undoImport(of.account_id, of.id ?? ""),
    onSuccess: everything,
  });
  const forget = () => {
    store.reset();
    undo.reset();
  };
  return {
    file: taken?.file ?? null,
    left: taken?.left ?? 0,
    isTooLarge,
    check,
    store,
    undo,
    take: (files: readonly File[]) => {
      const [file] = files;
      if (!file) return;
      forget();
      setTaken({ file, number: (taken?.number ?? 0) + 1, left: files.length - 1 });
    },
    leave: () => {
      forget();
      setTaken(null);
    },
  };
}
