/** Every server-rendered page: Bootstrap's look and six small behaviours, switched on by data attributes. */

import "bootstrap/dist/css/bootstrap.min.css";
import "../styles/app.css";
import { confirmations } from "./behaviours/confirm";
import { polling } from "./behaviours/poll";
import { previews } from "./behaviours/preview";
import { tickAll } from "./behaviours/tick";
import { uploads } from "./behaviours/upload";
import { ownZone } from "./behaviours/zone";

uploads(document);
polling(document);
confirmations(document);
previews(document);
ownZone(document);
tickAll(document);
