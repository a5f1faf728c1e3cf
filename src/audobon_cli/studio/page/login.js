// Coming in by a password, and going out again.

import { get, send } from "./server.js";
import { byId } from "./words.js";

/** Wait until the browser has a session: at once, or after the form. Throws Failure where there is no password. */
export async function admitted() {
  try {
    await get("/jobs", { limit: 1 });
    return;
  } catch (error) {
    if (error.code !== "usage.http_token") throw error;
  }
  document.body.classList.add("outside");
  document.title = "Log in · Audobon Studio";
  byId("login").hidden = false;
  byId("password").focus();
  await new Promise((done) => {
    byId("login-form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = byId("login-form").querySelector("button");
      if (button.disabled) return;
      button.disabled = true;
      byId("login-trouble").textContent = "";
      try {
        await send("POST", "/session", { password: byId("password").value });
        done();
      } catch (error) {
        byId("login-trouble").textContent = `${error.message}${error.hint ? ` → ${error.hint}` : ""}`;
        byId("password").select();
      } finally {
        button.disabled = false;
      }
    });
  });
  byId("password").value = "";
  byId("login").hidden = true;
  document.body.classList.remove("outside");
}

/** Offer the way out, which ends the session in all tabs. */
export function offerLogout(trouble) {
  const button = byId("log-out");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await send("DELETE", "/session", {});
    } catch (error) {
      trouble(error);
      return;
    }
    location.hash = "#/";
    location.reload(); // nothing of what was seen stays in the page
  });
}
