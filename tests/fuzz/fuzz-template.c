/* SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "llm/text/chat-template.h"
#include "tests/fuzz/fuzz-target.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  LlmChatFamily family;
  gboolean known = llm_chat_family_recognise ((const char *) data, (gssize) size, &family, &error);

  g_assert_true (known == (error == NULL));
  if (known)
    g_assert_nonnull (llm_chat_family_name (family));
  else
    g_assert_true (g_utf8_validate (error->message, -1, NULL)
                   && strchr (error->message, '\n') == NULL);
  return 0;
}
