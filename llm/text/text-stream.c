/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/text/text-stream.h"

#include <string.h>

struct _LlmTextStream {
  const char *const *stops;
  size_t longest_stop;
  GString *text; /* whole characters so far */
  char tail[8];  /* the beginning of a character */
  size_t n_tail;
  size_t n_taken; /* bytes of `text` that were handed out */
  size_t n_ready; /* bytes of `text` that may be */
  GString *taken; /* the last piece handed out */
  gboolean stopped;
  gboolean ended;
};

LlmTextStream *
llm_text_stream_new (const char *const *stops, size_t reserve)
{
  LlmTextStream *stream = g_new0 (LlmTextStream, 1);

  stream->stops = stops;
  for (size_t i = 0; stops != NULL && stops[i] != NULL; i++)
    stream->longest_stop = MAX (stream->longest_stop, strlen (stops[i]));
  stream->text = g_string_sized_new (reserve);
  stream->taken = g_string_sized_new (256);
  return stream;
}

void
llm_text_stream_free (LlmTextStream *stream)
{
  if (stream == NULL)
    return;
  g_string_free (stream->text, TRUE);
  g_string_free (stream->taken, TRUE);
  g_free (stream);
}

/* Moves what is complete from the tail to the text. */
static void
settle_tail (LlmTextStream *stream)
{
  size_t at = 0;

  while (at < stream->n_tail) {
    const char *bytes = stream->tail + at;
    const size_t n = stream->n_tail - at;
    gunichar character =
        bytes[0] == '\0' ? (gunichar) -1 : g_utf8_get_char_validated (bytes, (gssize) n);

    /* GLib takes a NUL for the end, so the character before it would wait for ever. */
    if (character == (gunichar) -2 && memchr (bytes, '\0', n) != NULL)
      character = (gunichar) -1;
    if (character == (gunichar) -2 && !stream->ended)
      break;
    if (character == (gunichar) -1 || character == (gunichar) -2) {
      g_string_append_unichar (stream->text, 0xfffd);
      at += character == (gunichar) -2 ? n : 1;
    } else {
      size_t width = (size_t) g_utf8_skip[(guchar) bytes[0]];

      g_string_append_len (stream->text, bytes, (gssize) width);
      at += width;
    }
  }
  memmove (stream->tail, stream->tail + at, stream->n_tail - at);
  stream->n_tail -= at;
}

/* Cuts the text at the first stop text that lies in it from byte `from` on. */
static void
find_stop (LlmTextStream *stream, size_t from)
{
  size_t first = stream->text->len;

  for (size_t i = 0; stream->stops != NULL && stream->stops[i] != NULL; i++) {
    const char *found =
        stream->stops[i][0] != '\0' ? strstr (stream->text->str + from, stream->stops[i]) : NULL;

    if (found != NULL) {
      first = MIN (first, (size_t) (found - stream->text->str));
      stream->stopped = TRUE;
    }
  }
  g_string_truncate (stream->text, first);
}

/* Length of the longest end of the text that begins a stop text. */
static size_t
length_held_back (const LlmTextStream *stream)
{
  size_t n_new = stream->text->len - stream->n_taken;
  size_t held = 0;

  for (size_t i = 0; stream->stops != NULL && stream->stops[i] != NULL; i++) {
    size_t length = strlen (stream->stops[i]);

    for (size_t n = length > 0 ? MIN (length - 1, n_new) : 0; n > held; n--)
      if (memcmp (stream->text->str + stream->text->len - n, stream->stops[i], n) == 0)
        held = n;
  }
  return held;
}

static void
update (LlmTextStream *stream, size_t before)
{
  size_t overlap = stream->longest_stop > 0 ? stream->longest_stop - 1 : 0;

  find_stop (stream, before > overlap ? before - overlap : 0);
  stream->n_ready =
      stream->text->len - (stream->stopped || stream->ended ? 0 : length_held_back (stream));
}

void
llm_text_stream_push (LlmTextStream *stream, const char *bytes, size_t length)
{
  size_t before = stream->text->len;

  if (stream->stopped || stream->ended)
    return;
  while (length > 0) {
    size_t n = MIN (length, sizeof stream->tail - stream->n_tail);

    memcpy (stream->tail + stream->n_tail, bytes, n);
    stream->n_tail += n;
    bytes += n;
    length -= n;
    settle_tail (stream);
  }
  update (stream, before);
}

void
llm_text_stream_end (LlmTextStream *stream)
{
  size_t before = stream->text->len;

  if (stream->stopped || stream->ended)
    return;
  stream->ended = TRUE;
  settle_tail (stream);
  update (stream, before);
}

gboolean
llm_text_stream_is_stopped (const LlmTextStream *stream)
{
  return stream->stopped;
}

const char *
llm_text_stream_take (LlmTextStream *stream)
{
  g_string_truncate (stream->taken, 0);
  g_string_append_len (stream->taken, stream->text->str + stream->n_taken,
                       (gssize) (stream->n_ready - stream->n_taken));
  stream->n_taken = stream->n_ready;
  return stream->taken->str;
}

char *
llm_text_stream_free_to_text (LlmTextStream *stream)
{
  GString *text = g_steal_pointer (&stream->text);

  g_string_truncate (text, stream->n_ready);
  g_string_free (stream->taken, TRUE);
  g_free (stream);
  return g_string_free (text, FALSE);
}
