/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A request to the engine's process: the first byte says of which kind, the others are JSON. */

#include "app/service/request.h"
#include "tests/fuzz/fuzz-target.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AppRequest) request = NULL;
  AppRequestKind kind;

  if (size == 0)
    return 0;
  kind = (AppRequestKind) (1 << data[0] % APP_N_REQUESTS);
  request = app_request_parse (kind, (const char *) data + 1, (gssize) size - 1, &error);
  g_assert_true ((request == NULL) == (error != NULL));
  if (request == NULL)
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
  else if (kind == APP_REQUEST_CHAT || kind == APP_REQUEST_ASK) {
    const AppRequestTurn *last = g_ptr_array_index (request->turns, request->turns->len - 1);

    g_assert_true (last->is_user);
  }
  return 0;
}
