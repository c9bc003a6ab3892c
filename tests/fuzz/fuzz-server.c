/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The body of a request to the server: the first byte says which, the others are the body. A form
 * has the boundary "b". */

#include "app/server/chat-request.h"
#include "app/server/http-error.h"
#include "app/server/speech-request.h"
#include "app/server/transcription.h"
#include "tests/fuzz/fuzz-target.h"

static char *
save_nothing (const guint8 *data, gsize n_bytes, const char *format, gpointer user_data,
              GError **error)
{
  return g_strdup ("/tmp/recording");
}

static void
check_error (gboolean is_read, const GError *error)
{
  g_assert_true (is_read == (error == NULL));
  if (error != NULL) {
    g_autofree char *text = app_http_error_to_json (error);

    g_assert_true (g_utf8_validate (text, -1, NULL));
    g_assert_cmpuint (app_http_error_get_status (error), ==, 400);
  }
}

static void
read_chat (const char *body, gsize n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AppChatRequest) request = app_chat_request_parse (body, n, save_nothing, NULL, &error);

  check_error (request != NULL, error);
}

static void
read_speech (const char *body, gsize n)
{
  g_autoptr (GError) error = NULL;
  g_auto (AppSpeechRequest) asked = { 0 };
  g_autoptr (GBytes) bytes = g_bytes_new (body, n);
  g_autoptr (GBytes) samples = app_speech_get_samples (bytes);

  gboolean is_read = app_speech_request_parse (&asked, body, n, &error);

  check_error (is_read, error);
}

static void
read_form (const char *body, gsize n)
{
  g_autoptr (GError) error = NULL;
  g_auto (AppTranscription) asked = { 0 };
  g_autoptr (GPtrArray) parts = app_multipart_parse (body, n, "b", &error);
  gboolean is_read;

  for (guint i = 0; parts != NULL && i < parts->len; i++) {
    const AppPart *part = g_ptr_array_index (parts, i);

    g_assert_true (part->data >= body && part->data + part->n_bytes <= body + n);
  }
  is_read = parts != NULL && app_transcription_read (&asked, parts, &error);
  check_error (is_read, error);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  /* A copy of its own size, so that what is read beyond it is seen. */
  g_autofree char *body = size > 1 ? g_memdup2 (data + 1, size - 1) : g_strdup ("");

  if (size == 0)
    return 0;
  switch (data[0] % 3) {
  case 0:
    read_chat (body, size - 1);
    break;
  case 1:
    read_speech (body, size - 1);
    break;
  default:
    read_form (body, size - 1);
  }
  return 0;
}
