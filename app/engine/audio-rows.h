/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Trained rows of the audio blocks: a small GGUF file that belongs to one decoder.
 *
 * The file (tools/train rows writes it) has a tensor "rows.BLOCK" [n_ids, n_embd] and the printed
 * names of its ids for each block of app_audio_vocab_get_manner_blocks(), and by which decoder it
 * was trained: its name, its layers, and some rows of its embedding. Another quantisation of that
 * decoder has nearly the same embedding and is accepted; another model is refused, for its rows
 * would be noise. Called by the thread that owns the vocabulary, before it is read by others.
 *
 *   if (!app_audio_rows_load (vocab, model, path, &error))
 *     ...
 *   app_audio_vocab_set_reading (vocab, LLM_READ_ROW, &error);
 */

#pragma once

#include "llm/decoder/model.h"
#include "llm/text/vocab.h"

G_BEGIN_DECLS

/* Gives the blocks their rows; how they are read stays as it is. On an error nothing is given.
 * APP_ERROR_ARGUMENT: the rows belong to another decoder; APP_ERROR_FORMAT: the ids are not those
 * of the vocabulary; NN_ERROR_*: the file. */
gboolean app_audio_rows_load (LlmVocab *vocab, const LlmModel *model, const char *path,
                              GError **error);
/* (transfer full): the path of the rows that come with the program for this decoder,
 * "data/weights/audio-rows-NAME.gguf"; APP_ERROR_CATALOGUE if there are none. */
char *app_audio_rows_find (const LlmModel *model, GError **error);

G_END_DECLS
